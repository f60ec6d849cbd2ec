import { registry } from "@web/core/registry";

const APP = "konfidens_payments.menu_root";
const MENU = "konfidens_payments.menu_proofs";
const LIGHTS = ["green", "red"];

/**
 * Show by a class of the page, of which the app's name takes its light, and the menu's
 * entry, which may be hidden behind a plus. The bar then measures its entries anew.
 */
function show(light) {
    for (const name of LIGHTS) {
        document.body.classList.toggle(
            `o_konfidens_payments_proof_${name}`,
            name === light
        );
    }
    window.dispatchEvent(new Event("resize"));
}

/**
 * Whether last night's proof was green or red, in the menu of Payments. It is asked for
 * once, when somebody opens the app who has that menu, and told of anew where this user
 * proves again.
 */
export const proofLightService = {
    dependencies: ["bus_service", "menu", "orm"],
    start(env, { bus_service, menu, orm }) {
        let asked = false;
        const look = async () => {
            const isOurs = menu.getCurrentApp()?.xmlid === APP;
            document.body.classList.toggle("o_konfidens_payments_app", isOurs);
            const hasMenu = () => menu.getAll().some(({ xmlid }) => xmlid === MENU);
            if (asked || menu.getCurrentApp()?.xmlid !== APP || !hasMenu()) {
                return;
            }
            asked = true;
            show(
                await orm.silent.call("konfidens.payment.proof", "get_proof_light", [])
            );
        };
        env.bus.addEventListener("MENUS:APP-CHANGED", look);
        bus_service.subscribe("konfidens_payments/proof", ({ light }) => show(light));
    },
};

registry.category("services").add("konfidens_payments_proof_light", proofLightService);
