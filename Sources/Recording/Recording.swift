// Room Recording: see ARCHITECTURE.md.
