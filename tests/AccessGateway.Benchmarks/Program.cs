using AccessGateway.Benchmarks;

return args switch
{
    ["path", var demo] => await PathBenchmark.RunAsync(demo),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: AccessGateway.Benchmarks path DEMO-FOLDER    (README.md tells how)");
    return 2;
}
