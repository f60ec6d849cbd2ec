import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

/**
 * Closing a day says what the screen showed. The form is saved before, and then knows
 * what was taken meanwhile: so it is remembered here first.
 */
export class DayClosingController extends FormController {
    async beforeExecuteActionButton(clickParams) {
        if (clickParams.name === "action_close") {
            clickParams.buttonContext = {
                ...clickParams.buttonContext,
                konfidens_payments_taken: this.model.root.data.taken_total,
            };
        }
        return super.beforeExecuteActionButton(...arguments);
    }
}

registry.category("views").add("konfidens_payments_day_form", {
    ...formView,
    Controller: DayClosingController,
});
