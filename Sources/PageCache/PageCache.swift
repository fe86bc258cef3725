// Room PageCache: see ARCHITECTURE.md.
