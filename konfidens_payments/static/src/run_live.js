import { Component, onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const EVERY_MILLISECONDS = 2000;

/**
 * Reloads the page of a billing run again and again while it runs, so that its
 * progress bar moves, for everybody who looks at it. Shows nothing itself.
 */
export class RunLive extends Component {
    static template = "konfidens_payments.RunLive";
    static props = { ...standardWidgetProps };

    setup() {
        const timer = setInterval(() => this.reload(), EVERY_MILLISECONDS);
        onWillUnmount(() => clearInterval(timer));
    }

    async reload() {
        const { record } = this.props;
        const { state, is_paused: isPaused } = record.data;
        if (state === "running" && !isPaused && !document.hidden && !this.loading) {
            this.loading = true;
            await record.load().finally(() => (this.loading = false));
        }
    }
}

registry.category("view_widgets").add("konfidens_payments_run_live", {
    component: RunLive,
});
