import smtplib

from odoo.addons.sms.tests.common import MockSMS

from .post_common import PostCommon


def refuse_sender(_address):
    raise smtplib.SMTPSenderRefused(553, b"5.7.1 Not allowed to send", "post@x.no")


class PauseCommon(PostCommon, MockSMS):
    """A practice that its mail server or its SMS provider may not let send."""

    def pauses(self):
        return self.env["konfidens.payment.pause"].sudo().search([])

    def send_sms(self, **options):
        with self.mockSMSGateway(sms_allow_unlink=True, **options), self.server():
            self.send_due()
            self.run_cron("send_sms")
        self.complete_delivered()

    def refuse_all(self, channel):
        """Let whoever receives it by this channel take nothing of the practice."""
        if channel == "sms":
            self.send_sms(sim_error="credit")
            return
        with self.server(behave=refuse_sender):
            self.send_and_complete()

    def take_all(self, channel):
        """Let everything leave by this channel.

        :return: how many did
        """
        with (
            self.mockSMSGateway(sms_allow_unlink=True),
            self.server() as server,
        ):
            for _time in range(2):  # one is tried, then all go
                self.send_due()
                self.run_cron("send_sms")
                self.complete_delivered()
        return len(server.taken) if channel == "email" else len(self._new_sms)

    def pause(self, channel):
        """Return the pause in which sending by a channel is, and what waits for it."""
        move = self.drafts(1)
        self.send(move, channel=channel)
        self.refuse_all(channel)
        pause = self.pauses().filtered(lambda one: one.channel == channel)
        self.assertEqual(len(pause), 1)
        return pause, move.payment_message_ids
