"""Run records on the page: the list, a run as it is now, its report, and a training that the page starts."""
