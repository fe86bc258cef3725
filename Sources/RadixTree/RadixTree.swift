// Room RadixTree: see ARCHITECTURE.md.
