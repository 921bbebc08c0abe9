"""The shape of a rule and of a finding, what a rule may see, and the loop that runs them."""
