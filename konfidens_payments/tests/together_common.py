from datetime import datetime

from .common import PaymentsCommon


class TogetherCommon(PaymentsCommon):
    """A practice that sends one message for several appointments of a payer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.payments_together = True
        cls.client.write(
            {"phone": "+47 912 34 567", "country_id": cls.env.ref("base.no").id}
        )

    def drafts(self, count, first=10, **values):
        """Return drafts of the client, of one appointment on each day."""
        return self.draft_each(
            [
                {
                    "start": datetime(2026, 11, first + number, 9),
                    "stop": datetime(2026, 11, first + number, 10),
                    **values,
                }
                for number in range(count)
            ]
        )

    def three_drafts(self):
        return self.drafts(3)

    def draft_on(self, day, **values):
        """Return the draft of an appointment on this day of November."""
        (move,) = self.drafts(1, first=day, **values)
        return move

    def hand_over(self, moves, **values):
        """Send these invoices' messages, of which no mail has left yet."""
        messages = self.send(moves, **values).sudo()
        with self.mock_mail_gateway():
            messages._hand_over()
        return messages.exists()

    def mails_of(self, moves):
        return moves.payment_message_ids.sudo().mail_message_ids

    def deliver(self, moves, **values):
        """Send these invoices' messages to a mail server that takes them."""
        self.send(moves, **values)
        with self.mock_mail_gateway():
            self.send_due()
        self.complete_delivered()
        return list(self._mails)
