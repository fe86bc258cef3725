// Room Kernel: see ARCHITECTURE.md.
