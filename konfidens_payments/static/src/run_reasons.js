import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { ViewButton } from "@web/views/view_button/view_button";

/**
 * Why a billing run leaves bookings out: a row for each reason says how many, and opens
 * them.
 */
export class RunReasons extends Component {
    static template = "konfidens_payments.RunReasons";
    static components = { ViewButton };
    static props = { ...standardFieldProps };

    get reasons() {
        return this.props.record.data[this.props.name] || [];
    }

    clickParams(reason) {
        return {
            type: "object",
            name: "action_view_group",
            context: { konfidens_payments_group: reason },
        };
    }
}

registry.category("fields").add("konfidens_payments_reasons", {
    component: RunReasons,
    supportedTypes: ["json"],
});
