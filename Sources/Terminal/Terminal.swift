// Room Terminal: see ARCHITECTURE.md.
