import { AttendeeCalendarModel } from "@calendar/views/attendee_calendar/attendee_calendar_model";
import { AttendeeCalendarCommonRenderer } from "@calendar/views/attendee_calendar/common/attendee_calendar_common_renderer";
import { patch } from "@web/core/utils/patch";

const MARK = "o_konfidens_payments_mark";

/** How far each appointment's payment is, and who came: see calendar_marks.scss */
patch(AttendeeCalendarModel.prototype, {
    async updateData(data) {
        await super.updateData(...arguments);
        const ids = Object.values(data.records).map(({ id }) => id);
        data.paymentMarks = ids.length
            ? await this.orm.silent.call("calendar.event", "get_payment_marks", [ids])
            : {};
    },
});

patch(AttendeeCalendarCommonRenderer.prototype, {
    eventClassNames({ event }) {
        const names = super.eventClassNames(...arguments);
        const { data, records } = this.props.model;
        const marks = data.paymentMarks?.[records[event.id]?.id] ?? [];
        return [...names, ...marks.map((mark) => `${MARK}_${mark}`)];
    },
});
