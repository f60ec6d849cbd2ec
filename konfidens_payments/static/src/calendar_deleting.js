import { _t } from "@web/core/l10n/translation";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { patch } from "@web/core/utils/patch";
import { AttendeeCalendarController } from "@calendar/views/attendee_calendar/attendee_calendar_controller";
import { CalendarFormController } from "@calendar/views/calendar_form/calendar_form_controller";
import { CaledarListController } from "@calendar/views/list_view/calendar_list_controller";

/**
 * Before an appointment is deleted or archived, whoever may see its payment reads what
 * becomes of it. Odoo's own dialogs say it where there are some (see the wizard); here
 * are those that are made in the browser.
 */
function getNote(controller, ids, recurrence = false) {
    return controller.orm.call("calendar.event", "get_deletion_note", [ids, recurrence]);
}

/** Ask whether to go on where there is something to say; else go on. */
async function confirmNote(controller, ids, recurrence) {
    const note = await getNote(controller, ids, recurrence);
    return (
        !note ||
        new Promise((resolve) => {
            controller.dialogService.add(
                ConfirmationDialog,
                {
                    title: _t("What becomes of the payment"),
                    body: note,
                    confirmLabel: _t("Delete"),
                    confirm: () => resolve(true),
                    cancel: () => resolve(false),
                    cancelLabel: _t("No, keep it"),
                },
                { onClose: () => resolve(false) }
            );
        })
    );
}

function withNote(note, words) {
    return note ? { body: `${note}\n\n${words}` } : {};
}

patch(AttendeeCalendarController.prototype, {
    async deleteRecord(record) {
        this.paymentNote = await getNote(this, [record.id]);
        return super.deleteRecord(...arguments);
    },

    deleteConfirmationDialogProps() {
        const props = super.deleteConfirmationDialogProps(...arguments);
        return { ...props, ...withNote(this.paymentNote, props.body) };
    },
});

patch(CalendarFormController.prototype, {
    getStaticActionMenuItems() {
        const items = super.getStaticActionMenuItems();
        const archive = items.archive.callback;
        items.archive.callback = async () => {
            this.paymentNote = await getNote(this, [this.model.root.resId]);
            return archive();
        };
        return items;
    },

    get archiveDialogProps() {
        const props = super.archiveDialogProps;
        return { ...props, ...withNote(this.paymentNote, props.body) };
    },

    /** Odoo asks how much of a series goes, and then takes what stands in the form. */
    async deleteRecord() {
        const data = this.model.root.data;
        const before = data.recurrence_update;
        const ask = this.askRecurrenceUpdatePolicy;
        this.askRecurrenceUpdatePolicy = async () => {
            const chosen = await ask();
            data.recurrence_update = chosen || before;
            return chosen;
        };
        try {
            return await super.deleteRecord(...arguments);
        } finally {
            data.recurrence_update = before;
            this.askRecurrenceUpdatePolicy = ask;
        }
    },

    /** Odoo asks nothing where nobody else is invited. */
    async _archiveRecord(id, recurrence) {
        if (await confirmNote(this, [id], recurrence)) {
            return super._archiveRecord(...arguments);
        }
    },
});

patch(CaledarListController.prototype, {
    setup() {
        super.setup();
        const ask = this.askRecurrenceUpdatePolicy;
        // asked before one of a series is deleted
        this.askRecurrenceUpdatePolicy = async () => {
            const chosen = await ask();
            const [{ resId }] = this.model.root.selection;
            return chosen && (await confirmNote(this, [resId], chosen)) && chosen;
        };
    },

    async readPaymentNote() {
        const ids = await this.model.root.getResIds(true);
        this.paymentNote = await getNote(this, ids);
    },

    getStaticActionMenuItems() {
        const items = super.getStaticActionMenuItems();
        for (const name of ["archive", "delete"]) {
            const callback = items[name].callback;
            items[name].callback = async () => {
                await this.readPaymentNote();
                return callback();
            };
        }
        return items;
    },

    get archiveDialogProps() {
        const words = _t("Are you sure that you want to archive the selected records?");
        return { ...super.archiveDialogProps, ...withNote(this.paymentNote, words) };
    },

    get deleteConfirmationDialogProps() {
        const words = _t("Are you sure you want to delete these records?");
        return {
            ...super.deleteConfirmationDialogProps,
            ...withNote(this.paymentNote, words),
        };
    },
});
