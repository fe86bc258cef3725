// Room Interface: see ARCHITECTURE.md.
