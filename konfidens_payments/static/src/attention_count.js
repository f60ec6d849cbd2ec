import { registry } from "@web/core/registry";

const APP = "konfidens_payments.menu_root";
const PROPERTY = "--o-konfidens-payments-attention";

/** How many bookings need attention, behind the menu's entry: see attention_count.scss */
function show(count) {
    document.body.classList.toggle("o_konfidens_payments_attention", count > 0);
    document.body.style.setProperty(PROPERTY, `"${count}"`);
}

/** It is asked for when somebody opens the app, and when an action of it is done. */
export const attentionCountService = {
    dependencies: ["menu", "orm"],
    start(env, { menu, orm }) {
        const look = async () => {
            if (menu.getCurrentApp()?.xmlid === APP) {
                show(
                    await orm.silent.call(
                        "konfidens.payment.booking",
                        "get_attention_count",
                        []
                    )
                );
            }
        };
        env.bus.addEventListener("MENUS:APP-CHANGED", look);
        env.bus.addEventListener("ACTION_MANAGER:UI-UPDATED", look);
    },
};

registry
    .category("services")
    .add("konfidens_payments_attention_count", attentionCountService);
