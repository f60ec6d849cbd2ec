from . import test_document, test_references
