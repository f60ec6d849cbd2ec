import { Component, onMounted, onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/**
 * Reloads the form of an invoice, of its booking or of its appointment when the payment
 * message was delivered, so that number and status appear without a click. Shows nothing
 * itself.
 */
export class InvoiceLive extends Component {
    static template = "konfidens_payments.InvoiceLive";
    static props = { ...standardWidgetProps };

    setup() {
        const bus = useService("bus_service");
        const onChanged = ({ move_id }) => this.reload(move_id);
        // one that is set up and never mounted is not unmounted either
        onMounted(() => bus.subscribe("konfidens_payments/invoice_changed", onChanged));
        onWillUnmount(() =>
            bus.unsubscribe("konfidens_payments/invoice_changed", onChanged)
        );
    }

    async reload(moveId) {
        const { record } = this.props;
        const shown =
            record.resModel === "account.move" ? record.resId : record.data.invoice_id?.id;
        // What somebody is typing is worth more than a fresh status.
        if (shown === moveId && !(await record.isDirty())) {
            await record.load();
        }
    }
}

registry.category("view_widgets").add("konfidens_payments_live", {
    component: InvoiceLive,
});
