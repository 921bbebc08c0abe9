"""What running the plan on a shadow database showed: values, and the decisions on them."""
