import { onWillStart } from "@odoo/owl";
import { AttendeeCalendarModel } from "@calendar/views/attendee_calendar/attendee_calendar_model";
import { AttendeeCalendarCommonPopover } from "@calendar/views/attendee_calendar/common/attendee_calendar_common_popover";
import { omit, pick } from "@web/core/utils/objects";
import { patch } from "@web/core/utils/patch";

/**
 * Fields of the calendar with the option `read_when_opened` are read when the little
 * window of an appointment opens: to work them out for all appointments of a week
 * would make every look at the calendar slow.
 */
patch(AttendeeCalendarModel.prototype, {
    setup() {
        super.setup(...arguments);
        const { activeFields, fieldNames, popoverFieldNodes } = this.meta;
        const late = Object.keys(popoverFieldNodes).filter(
            (name) => popoverFieldNodes[name].options.read_when_opened
        );
        this.meta.fieldNames = fieldNames.filter((name) => !late.includes(name));
        this.meta.activeFields = omit(activeFields, ...late);
        this.meta.fieldsWhenOpened = pick(activeFields, ...late);
    },
});

patch(AttendeeCalendarCommonPopover.prototype, {
    setup() {
        super.setup();
        onWillStart(() => this.readFieldsWhenOpened());
    },

    get activeFields() {
        return { ...super.activeFields, ...this.props.model.meta.fieldsWhenOpened };
    },

    /** Whether its payment message is the next step, and this user's to take. */
    get canSendPaymentMessage() {
        const { can_write_booking, wants_message } = this.props.record.rawRecord;
        return can_write_booking && wants_message;
    },

    /** Whether its one client may pay it now, at the desk. */
    get canTakePayment() {
        const { attendance, can_write_booking, payment_status } =
            this.props.record.rawRecord;
        const isOpen = ["draft", "unpaid", "partial"].includes(payment_status);
        return can_write_booking && attendance && isOpen;
    },

    /** Whether this user may mark who came, of one client. */
    get canMarkAttendance() {
        const { can_write_booking, attendance } = this.props.record.rawRecord;
        return can_write_booking && attendance === "planned";
    },

    get canMarkAttended() {
        return this.props.record.rawRecord.can_mark_attended;
    },

    /** Press one of the appointment's buttons for bookings, by its method's name. */
    async pressPaymentButton(name) {
        const { model, record } = this.props;
        this.props.close();
        await this.actionService.doActionButton({
            type: "object",
            name,
            resModel: model.resModel,
            resId: record.id,
            onClose: () => model.load(),
        });
    },

    async readFieldsWhenOpened() {
        const { model, record } = this.props;
        const { context, fieldsWhenOpened } = model.meta;
        const names = Object.keys(fieldsWhenOpened);
        if (names.length) {
            const [values] = await this.orm.read(model.resModel, [record.id], names, {
                context,
            });
            Object.assign(record.rawRecord, values);
        }
    },
});
