"""The tests are run here, each with what it needs: ./dev test."""
