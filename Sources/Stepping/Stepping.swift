// Room Stepping: see ARCHITECTURE.md.
