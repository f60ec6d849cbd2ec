import { Component, markup, onMounted, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const MODEL = "konfidens.payment.readiness";

/** What a practice needs, a line each, and where the rest is. */
export class Readiness extends Component {
    static template = "konfidens_payments.Readiness";
    static props = {};

    setup() {
        this.labels = {
            ready: _t("Ready"),
            advised: _t("Could be better"),
            missing: _t("Missing"),
        };
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ active: true, said: "", lines: [], sending: false });
        onWillStart(() => this.load());
        onMounted(() => this.lookAtAddress());
    }

    async load() {
        Object.assign(this.state, await this.orm.call(MODEL, "get_readiness", []));
    }

    /** Whether it answers may take its time: the page does not wait for it. */
    async lookAtAddress() {
        const line = await this.orm.silent.call(MODEL, "get_reachable", []);
        const place = this.state.lines.findIndex(({ name }) => name === line.name);
        this.state.lines.splice(place, 1, line);
    }

    get missing() {
        return this.state.lines.filter(({ state }) => state === "missing").length;
    }

    open({ action }) {
        // as the client does with what it loads itself
        const help = action.help && markup(action.help);
        return this.action.doAction({ ...action, help });
    }

    openSettings() {
        return this.action.doAction("konfidens_payments.action_payments_settings");
    }

    async sendSample() {
        this.state.sending = true;
        try {
            const told = await this.orm.call(MODEL, "action_send_sample", []);
            await this.action.doAction(told);
            await this.load();
        } finally {
            this.state.sending = false;
        }
    }
}

/** The page of its own, for when payments are on. */
export class ReadinessPage extends Component {
    static template = "konfidens_payments.ReadinessPage";
    static components = { Layout, Readiness };
    static props = { ...standardActionServiceProps };

    setup() {
        this.display = { controlPanel: {} };
    }
}

registry.category("actions").add("konfidens_payments_ready", ReadinessPage);
