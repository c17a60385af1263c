"""What Emporion costs: each work beside its limit, on a throwaway stack (`make bench`)."""
