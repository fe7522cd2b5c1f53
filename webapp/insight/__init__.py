"""What can be learned about a project: who did what when, how versions and people differ, how the work goes on."""
