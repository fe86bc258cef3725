// Room Scenario: see ARCHITECTURE.md.
