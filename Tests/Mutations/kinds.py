"""How a mutation is put into the copy."""

# Chosen when the program runs: `isMutant(7) ? mutated : original`.
EXPRESSION = "expression"
# Likewise, for one or more statements: `if isMutant(7) { mutated } else { original }`.
STATEMENT = "statement"
# The text is replaced, and the copy built anew.
BUILD = "build"
