import { QUICK_CREATE_CALENDAR_EVENT_FIELDS } from "@calendar/views/calendar_form/calendar_quick_create";

/** What was chosen in the little window goes along to the form of *More Options*. */
Object.assign(QUICK_CREATE_CALENDAR_EVENT_FIELDS, {
    client_id: { type: "many2one" },
    service_id: { type: "many2one" },
    user_id: { type: "many2one" },
});
