"""Chromium is found here, and driven through its pages."""
