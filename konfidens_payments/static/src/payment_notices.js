import { Component, onMounted, onWillUnmount, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { pick } from "@web/core/utils/objects";
import { useDebounced } from "@web/core/utils/timing";
import { SEARCH_KEYS } from "@web/search/with_search/with_search";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

// When it is looked what came of a press, in milliseconds after it.
const LOOKS = [1500, 4000, 8000, 15000, 30000, 60000];
const CHANGED = "konfidens_payments/invoice_changed";
// So long no further invoice changes before the list is loaded anew, in milliseconds.
const CALM = 1000;

/**
 * What keeps payments from being done, in words, above the lists of Payments. It is
 * asked for when the list is there already, which does not wait for it.
 */
export class PaymentNotices extends Component {
    static template = "konfidens_payments.PaymentNotices";
    static props = { onTried: Function };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ notices: [] });
        this.timers = [];
        onMounted(() => this.load());
        onWillUnmount(() => this.stopLooking());
        this.followInvoices();
    }

    /** What is sent from the list is completed in a moment: many, one after the other. */
    followInvoices() {
        const bus = useService("bus_service");
        const onChanged = useDebounced(() => this.props.onTried(), CALM);
        onMounted(() => bus.subscribe(CHANGED, onChanged));
        onWillUnmount(() => bus.unsubscribe(CHANGED, onChanged));
    }

    async load() {
        this.state.notices = await this.orm.silent.call(
            "konfidens.payment.booking",
            "get_payment_notices",
            []
        );
    }

    /** Call what the notice's button promises, and look again and again what is left. */
    async press({ model, ids, method }) {
        const next = await this.orm.call(model, method, [ids]);
        if (next) {
            await this.action.doAction(next);
        }
        await this.load();
        this.stopLooking();
        this.timers = LOOKS.map((wait) => setTimeout(() => this.look(), wait));
    }

    /** Show what came of it: here, and in the list below. */
    async look() {
        await this.load();
        await this.props.onTried();
        if (!this.state.notices.some((notice) => notice.button)) {
            this.stopLooking();
        }
    }

    stopLooking() {
        this.timers.forEach(clearTimeout);
        this.timers = [];
    }
}

/**
 * Load a list anew, unless somebody is choosing or changing something in it: what is
 * searched for now, since a load that is under way would be overtaken by this one.
 */
async function reload({ model, props }) {
    if (!model.isReady) {
        return; // nor is the first one overtaken, without which nothing is shown
    }
    const { editedRecord, selection } = model.root;
    if (editedRecord || selection?.length) {
        return;
    }
    const search = pick(props, ...SEARCH_KEYS);
    if (JSON.stringify(search.domain) === JSON.stringify(model.config.domain)) {
        delete search.domain; // with it the first page would be shown
    }
    const shown = model.root;
    await model.load(search);
    const chosen = new Set(shown.selection?.map((record) => record.resId));
    for (const record of model.root.records) {
        if (chosen.has(record.resId)) {
            record.toggleSelection(true); // while it was loaded
        }
    }
}

class PaymentsListController extends ListController {
    static template = "konfidens_payments.ListView";
    static components = { ...ListController.components, PaymentNotices };

    reloadTried() {
        return reload(this);
    }
}

class PaymentsKanbanController extends KanbanController {
    static template = "konfidens_payments.KanbanView";
    static components = { ...KanbanController.components, PaymentNotices };

    reloadTried() {
        return reload(this);
    }
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
