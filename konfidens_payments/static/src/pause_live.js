import { Component, onMounted, onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const EVERY_MILLISECONDS = 3000;

/**
 * Shows on the page of a pause in sending what becomes of it, for everybody who looks
 * at it, and leaves the page when the pause has ended. Shows nothing itself.
 */
export class PauseLive extends Component {
    static template = "konfidens_payments.PauseLive";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        // Not before: what is never mounted is not unmounted either.
        onMounted(() => {
            this.timer = setInterval(() => this.look(), EVERY_MILLISECONDS);
        });
        onWillUnmount(() => this.stop());
    }

    async look() {
        const { record } = this.props;
        if (!record.resId || document.hidden || this.looking) {
            return;
        }
        this.looking = true;
        try {
            const [pause] = await this.orm.silent.searchRead(
                record.resModel,
                [["id", "=", record.resId]],
                ["next_try_date"]
            );
            if (!pause) {
                this.leave();
            } else if (pause.next_try_date !== this.known) {
                this.known = pause.next_try_date;
                await record.load();
            }
        } finally {
            this.looking = false;
        }
    }

    stop() {
        clearInterval(this.timer);
    }

    leave() {
        this.stop();
        this.notification.add(_t("Sending goes on again."), { type: "success" });
        this.env.config.historyBack();
    }
}

registry.category("view_widgets").add("konfidens_payments_pause_live", {
    component: PauseLive,
});
