from tests.faults.crew import hands

__all__ = ["hands"]
