import { Component, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { PaymentNotices } from "./payment_notices";
import { Readiness } from "./ready";

/** The first page of Payments: what matters today, each one click from its list. */
export class PaymentsToday extends Component {
    static template = "konfidens_payments.Today";
    static components = { Layout, PaymentNotices, Readiness };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ cards: [], begins: false, missing: 0 });
        this.display = { controlPanel: {} };
        onWillStart(() => this.load());
    }

    async load() {
        const { begins, cards, missing } = await this.orm.call(
            "konfidens.payment.booking",
            "get_payments_today",
            []
        );
        Object.assign(this.state, { begins, cards, missing });
    }

    openReadiness() {
        return this.action.doAction("konfidens_payments.action_ready");
    }

    open(card) {
        return this.action.doAction(card.action);
    }
}

registry.category("actions").add("konfidens_payments_today", PaymentsToday);
