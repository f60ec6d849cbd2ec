"""Users' screens are opened in Chromium here, and the pictures of docs/ taken."""
