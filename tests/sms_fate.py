"""What becomes of SMS, in a practice that sends them."""

from devtools.database import catalog


def status(clinic, number):
    """What `mail` knows of the SMS to a number: its notification's status."""
    ((found,),) = catalog.execute_in(
        clinic.database,
        "SELECT notification_status FROM mail_notification WHERE sms_number = %s",
        [number],
    )
    return found


def activities(clinic, move):
    """What somebody is asked to do about an invoice: a list of texts."""
    domain = [["res_model", "=", "account.move"], ["res_id", "=", move]]
    rows = clinic.admin.rpc.call("mail.activity", "search_read", domain, ["note"])
    return [row["note"] for row in rows]


def give_up_interrupted(clinic):
    """Let an hour pass for the SMS of which nobody knows whether they left."""
    catalog.execute_in(
        clinic.database,
        "UPDATE sms_sms SET write_date = write_date - interval '1 hour'",
    )
    clinic.run("send_sms")
