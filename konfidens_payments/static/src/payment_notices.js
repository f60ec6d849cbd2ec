import { Component, onMounted, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

/**
 * What keeps payments from being done, in words, above the lists of Payments. It is
 * asked for when the list is there already, which does not wait for it.
 */
export class PaymentNotices extends Component {
    static template = "konfidens_payments.PaymentNotices";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ notices: [] });
        onMounted(() => this.load());
    }

    async load() {
        this.state.notices = await this.orm.silent.call(
            "konfidens.payment.booking",
            "get_payment_notices",
            []
        );
    }

    /** Call what the notice's button promises, and look again what is left. */
    async press({ model, ids, method }) {
        const next = await this.orm.call(model, method, [ids]);
        if (next) {
            await this.action.doAction(next);
        }
        await this.load();
    }
}

class PaymentsListController extends ListController {
    static template = "konfidens_payments.ListView";
    static components = { ...ListController.components, PaymentNotices };
}

class PaymentsKanbanController extends KanbanController {
    static template = "konfidens_payments.KanbanView";
    static components = { ...KanbanController.components, PaymentNotices };
}

registry
    .category("views")
    .add("konfidens_payments_list", {
        ...listView,
        Controller: PaymentsListController,
    })
    .add("konfidens_payments_kanban", {
        ...kanbanView,
        Controller: PaymentsKanbanController,
    });
