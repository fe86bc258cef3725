// Room Canvas: see ARCHITECTURE.md.
