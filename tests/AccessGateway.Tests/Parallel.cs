// Twice as many as the usual machine has cores: what waits for a loop's next turn or for a database leaves them idle.
[assembly: Xunit.v3.Parallelization(MaxThreads = 4)]
