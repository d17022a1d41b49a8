from tests.faults.crew import hands, usual_hands

__all__ = ["hands", "usual_hands"]
