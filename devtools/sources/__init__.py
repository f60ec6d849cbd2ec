"""The sources are checked, translated, built: ./dev lint, translations, wheel."""
