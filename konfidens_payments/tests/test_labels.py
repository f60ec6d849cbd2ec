from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestLabels(TransactionCase):
    def test_no_two_fields_of_a_model_are_called_the_same(self):
        """Who makes a filter or a group could not tell one from the other."""
        for name, model in self.env.items():
            named = {}
            for field in model._fields.values():
                named.setdefault(field.string, []).append(field)
            for label, fields in named.items():
                ours = [
                    field.name
                    for field in fields
                    if field._module == "konfidens_payments"
                    # what only the system reads is in no filter
                    and field.groups != "base.group_system"
                ]
                if ours:
                    with self.subTest(model=name, label=label, ours=ours):
                        self.assertEqual(len(fields), 1, [f.name for f in fields])
