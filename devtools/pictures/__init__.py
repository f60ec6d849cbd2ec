"""The pictures of docs/ are taken here, from a running practice: ./dev pictures."""
