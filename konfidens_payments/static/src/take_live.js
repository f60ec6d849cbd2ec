import { Component, onMounted, onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const EVERY_MILLISECONDS = 2000;

/**
 * Looks again and again, while the dialog *Take Payment* shows the code for the client's
 * phone, whether it is paid: then the dialog says so. Shows nothing itself.
 */
export class TakeLive extends Component {
    static template = "konfidens_payments.TakeLive";
    static props = { ...standardWidgetProps };

    setup() {
        // Not before: what is never mounted is not unmounted either.
        onMounted(() => {
            this.timer = setInterval(() => this.look(), EVERY_MILLISECONDS);
        });
        onWillUnmount(() => clearInterval(this.timer));
    }

    async look() {
        const { record } = this.props;
        if (record.data.step === "link" && !document.hidden && !this.loading) {
            this.loading = true;
            try {
                await record.load();
            } catch {
                clearInterval(this.timer); // logged out, say
            }
            this.loading = false;
        }
    }
}

registry.category("view_widgets").add("konfidens_payments_take_live", {
    component: TakeLive,
});
