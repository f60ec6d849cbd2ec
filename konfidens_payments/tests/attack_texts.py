"""Ways to have a text rendered, or to read what was written beside a record.

Each is a function of an `Attacker`, a record and a template; it returns what it got to
read, and somebody else looks for secrets in it.
"""

# {way: (function, model of its templates or None)}
TEXTS = {}
# What stands beside a record of any model: (model, two fields that point to it, what
# is read)
BESIDE = (
    ("mail.message", "model", "res_id", ["subject", "preview", "body"]),
    ("mail.activity", "res_model", "res_id", ["summary", "note", "display_name"]),
    ("ir.attachment", "res_model", "res_id", ["name", "description", "raw"]),
    ("mail.mail", "model", "res_id", ["subject", "body_html", "email_to"]),
    ("sms.sms", "mail_message_id.model", "mail_message_id.res_id", ["body"]),
    ("mail.notification", "mail_message_id.model", "mail_message_id.res_id", []),
)


def _text(template_model=None):
    def register(function):
        TEXTS[function.__name__] = (function, template_model)
        return function

    return register


@_text("sms.template")
def sms_composer(attacker, record, template):
    composer = attacker.env["sms.composer"].create(
        {
            "res_model": record._name,
            "res_id": record.id,
            "template_id": template.id,
            "composition_mode": "comment",
        }
    )
    return composer.read(["body"])


@_text("sms.template")
def sms_composer_onchange(attacker, record, template):
    values = {
        "res_model": record._name,
        "res_id": record.id,
        "template_id": template.id,
        "composition_mode": "comment",
    }
    spec = {"body": {}, "template_id": {}}
    return attacker.env["sms.composer"].onchange(values, ["template_id"], spec)


@_text("sms.template")
def sms_preview(attacker, record, template):
    preview = attacker.env["sms.template.preview"].create(
        {
            "sms_template_id": template.id,
            "resource_ref": f"{record._name},{record.id}",
        }
    )
    return preview.read(["body"])


@_text("mail.template")
def mail_composer(attacker, record, template):
    composer = (
        attacker.env["mail.compose.message"]
        .with_context(
            default_model=record._name,
            default_res_ids=record.ids,
            default_template_id=template.id,
        )
        .create({})
    )
    return composer.read(["subject", "body"])


@_text("mail.template")
def mail_preview(attacker, record, template):
    preview = attacker.env["mail.template.preview"].create(
        {
            "mail_template_id": template.id,
            "resource_ref": f"{record._name},{record.id}",
        }
    )
    return preview.read(["subject", "body_html", "error_msg"])


@_text("mail.template")
def mail_to_oneself(attacker, record, template):
    values = {"email_to": attacker.env.user.email}
    mail_id = template.send_mail(record.id, email_values=values)
    # sudo: what the mail says that is sent to the attacker
    mail = attacker.env["mail.mail"].sudo().browse(mail_id)
    return mail.read(["subject", "body_html"])


@_text()
def mail_in_own_words(attacker, record, _template):
    """Ask for each field in a text of one's own, of a mass mailing."""
    words = "".join(f'<p t-out="object.{name}"/>' for name in attacker.names)
    composer = attacker.env["mail.compose.message"].create(
        {
            "model": record._name,
            "res_ids": repr(record.ids),
            "composition_mode": "mass_mail",
            "subject": "{{ object.display_name }}",
            "body": words,
        }
    )
    mails, _posted = composer._action_send_mail()
    # sudo: what the mails say that are sent to whom the attacker likes
    return mails.sudo().mapped("body_html")


@_text()
def template_of_ones_own(attacker, record, _template):
    """Make a template that asks for the fields, and have it rendered."""
    words = " ".join(f"{{{{ object.{name} }}}}" for name in attacker.names)
    # sudo: its id is no secret
    model = attacker.env["ir.model"].sudo()._get(record._name)
    template = attacker.env["mail.template"].create(
        {"name": "Mine", "model_id": model.id, "subject": words}
    )
    return mail_preview(attacker, record, template)


def read_beside(attacker, beside):
    """Read what was written beside foreign records, or attached to them."""
    model, of_model, of_id, names = beside
    domain = [
        (of_model, "=", attacker.model._name),
        (of_id, "in", attacker.records.ids),
    ]
    return attacker.env[model].search_read(domain, names)
