namespace AccessGateway.Tests.Persistence;

using System.Collections.Concurrent;
using AccessGateway.Persistence;
using Xunit;

public sealed class BatchesTests
{
    private readonly ConcurrentQueue<IReadOnlyList<int>> _batches = new();
    private readonly ConcurrentQueue<TaskCompletionSource> _gates = new();

    [Fact]
    public async Task DoAsync_WhileABatchRuns_TheNextServesAllWhoCame()
    {
        var batches = new Batches<int, string>(most: 10, AnswerAsync);
        var first = Hold();
        var one = batches.DoAsync(1);
        await BegunAsync(1);
        var others = new[] { 2, 3, 4 }.Select(batches.DoAsync).ToList();
        Assert.DoesNotContain(others, other => other.IsCompleted);
        first.SetResult();
        Assert.Equal("#1", await one);
        Assert.Equal(["#2", "#3", "#4"], await Task.WhenAll(others));
        Assert.Equal([[1], [2, 3, 4]], _batches);
    }

    [Fact]
    public async Task DoAsync_MoreThanOneBatchTakes_SeveralInOrder()
    {
        var batches = new Batches<int, string>(most: 3, AnswerAsync);
        var first = Hold();
        var one = batches.DoAsync(0);
        await BegunAsync(1);
        var others = Enumerable.Range(1, 7).Select(batches.DoAsync).ToList();
        first.SetResult();
        await one;
        await Task.WhenAll(others);
        Assert.Equal([[0], [1, 2, 3], [4, 5, 6], [7]], _batches);
    }

    /// <summary>A fault is told to all of its batch; the next goes on.</summary>
    [Fact]
    public async Task DoAsync_WorkFails_AllOfTheBatchAndNoOther()
    {
        var batches = new Batches<int, string>(most: 10, items => items.Contains(3) ? throw new IOException("gone") : AnswerAsync(items));
        var first = Hold();
        var one = batches.DoAsync(1);
        await BegunAsync(1);
        var others = new[] { 2, 3 }.Select(batches.DoAsync).ToList();
        first.SetResult();
        Assert.Equal("#1", await one);
        foreach (var other in others)
            Assert.Equal("gone", (await Assert.ThrowsAsync<IOException>(() => other)).Message);
        Assert.Equal("#4", await batches.DoAsync(4));
    }

    /// <summary>Each gets its own answer, from a batch that began after it came.</summary>
    [Fact]
    public async Task DoAsync_ManyAtOnce_EachItsOwnAnswerAndNoneOlderThanItsQuestion()
    {
        var begun = 0;
        var batches = new Batches<int, (int Item, int Batch)>(most: 16, async items =>
        {
            var number = Interlocked.Increment(ref begun);
            await Task.Yield();
            return [.. items.Select(item => (item, number))];
        });
        await Parallel.ForEachAsync(Enumerable.Range(0, 20_000), TestContext.Current.CancellationToken, async (item, _) =>
        {
            var before = Volatile.Read(ref begun);
            var (mine, batch) = await batches.DoAsync(item);
            Assert.Equal(item, mine);
            Assert.True(batch > before, $"the answer of batch {batch} is older than the question, which came after {before} had begun");
        });
    }

    private TaskCompletionSource Hold()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gates.Enqueue(gate);
        return gate;
    }

    private async Task<IReadOnlyList<string>> AnswerAsync(IReadOnlyList<int> items)
    {
        _batches.Enqueue(items);
        if (_gates.TryDequeue(out var gate))
            await gate.Task;
        return [.. items.Select(item => $"#{item}")];
    }

    private Task BegunAsync(int count) => AccessGateway.Testing.Eventually.TrueAsync(() => Task.FromResult(_batches.Count >= count), what: "the batch to begin");
}
