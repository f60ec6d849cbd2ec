from odoo.tests import tagged

from . import attack_reading as reading
from .attack_attempts import Attempts
from .attack_common import AttackScene, get_billing
from .attack_matrix import HARMLESS_MODELS, Matrix
from .attack_rights import KINDS

GROUP_USER = "konfidens_payments.group_payments_user"
MESSAGE = "konfidens.payment.message"
# What a payment is about, in the model that holds it.
TOLD = ("price", "payer_id", "payment_status")
_SHOWN = 40


@tagged("post_install", "-at_install")
class TestAttack(AttackScene):
    """Nobody reaches money that is not theirs, by whatever way."""

    def test_nobody_reaches_what_is_not_theirs(self):
        matrix = Matrix(self)
        failed = matrix.run()
        self.assertGreater(matrix.count, 10_000)
        proofs = [f"{key}: {matrix.failures[key]}" for key in sorted(failed)[:_SHOWN]]
        self.assertFalse(
            failed, "\n".join([f"{len(failed)} attacks succeeded:", *proofs])
        )

    def test_everything_of_ours_is_attacked(self):
        attacked = set(Matrix(self).fields)
        self.assertFalse(attacked & set(HARMLESS_MODELS))
        missing = {
            model
            for model in attacked
            if not self.get_all(model)
            and not self.env[model]._transient
            and model not in ("mail.message", "mail.notification")  # none was sent
        }
        self.assertFalse(missing, "the scene has no record of these")
        self.assertEqual(set(self.users), set(KINDS))

    def test_those_see_it_who_may(self):
        """Every way shows the secrets of this scene to whom they belong."""
        model = get_billing(self.cases["public"].event)._name
        kinds = ["practitioner", "head", "accountant", "secretary", "auditor"]
        matrix = Matrix(self)
        for kind in kinds:
            attacker = matrix.get_attacker(kind, model, TOLD, "seen")
            for way in (reading.read, reading.web_read, reading.search_read):
                with self.subTest(kind=kind, way=way.__name__):
                    self.env.invalidate_all()
                    shown = way(attacker, attacker.records, list(TOLD))
                    self.assertEqual(set(shown[0]), set(TOLD))
                    self.assertIn(7341.57, [row.get("price") for row in shown])
            ways = [(way, TOLD) for way in (reading.search, reading.name_search)]
            for way in reading.BY_HALVES.values():
                ways.append((way, [*([name] for name in TOLD), list(TOLD)]))
            for way, tried in ways:
                for names in tried:
                    with self.subTest(kind=kind, way=way.__name__, names=names):
                        self.env.invalidate_all()
                        self.assertTrue(way(attacker, names))
            with self.subTest(kind=kind, way="export"):
                self.assertTrue(reading.export(attacker, attacker.records, ["price"]))

    def test_what_wants_to_write_while_reading_is_tried_all_the_same(self):
        attempts = Attempts(self)

        def rename():
            self.client.name = "Renamed"
            self.env.flush_all()
            return self.client.name

        with attempts.begun(), attempts.reading():
            for _time in range(2):
                self.assertEqual(attempts.make("rename", rename), (None, "Renamed"))
                self.assertEqual(self.client.name, "Kari Nordmann")
            self.cr.execute("SHOW transaction_read_only")
            self.assertEqual(self.cr.fetchone(), ("on",))
        self.client.name = "Renamed"
        self.env.flush_all()

    # === THE MATRIX TURNS RED === #

    def test_red_when_employees_may_read_a_model(self):
        for model in (MESSAGE, "konfidens.payment.booking"):
            self.env["ir.model.access"].sudo().create(
                {
                    "name": "Opened by hand",
                    "model_id": self.env["ir.model"].sudo()._get(model).id,
                    "group_id": self.env.ref("base.group_user").id,
                    "perm_read": True,
                }
            )
            failed = Matrix(self).run(["employee"], [model])
            for way in ("read", "search", "group", "export", "aggregate"):
                self.assertIn(f"employee|{model}.currency_id|{way}", failed)

    def test_red_when_a_rule_is_gone(self):
        self.assertFalse(Matrix(self).run(["guest"], [MESSAGE]))
        domain = [
            ("model_id.model", "=", MESSAGE),
            ("groups", "in", self.env.ref(GROUP_USER).ids),
        ]
        rules = self.env["ir.rule"].sudo().search(domain)
        self.assertTrue(rules)
        rules.unlink()
        failed = Matrix(self).run(["guest"], [MESSAGE])
        self.assertIn(f"guest|{MESSAGE}.evidence|read", failed)
        self.assertIn(f"guest|{MESSAGE}.delivered_to|order", failed)

    def test_red_when_employees_may_write(self):
        self.env["ir.model.access"].sudo().create(
            {
                "name": "Opened by hand",
                "model_id": self.env["ir.model"].sudo()._get(MESSAGE).id,
                "group_id": self.env.ref("base.group_user").id,
                "perm_read": True,
                "perm_write": True,
            }
        )
        failed = Matrix(self).run(["employee"], [MESSAGE])
        self.assertIn(f"employee|{MESSAGE}.state|write", failed)
