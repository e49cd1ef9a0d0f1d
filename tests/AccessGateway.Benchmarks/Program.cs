using System.Globalization;
using AccessGateway.Benchmarks;
using AccessGateway.Testing;

return args switch
{
    ["path", var demo] => await PathBenchmark.RunAsync(demo),
    ["bindings", var demo] => await BindingBenchmark.RunAsync(demo, DatabaseKind.Sqlite),
    ["bindings", var demo, "postgres"] => await BindingBenchmark.RunAsync(demo, DatabaseKind.Postgres),
    ["sign-in"] => await SignInBenchmark.RunAsync(DatabaseKind.Sqlite),
    ["sign-in", "postgres"] => await SignInBenchmark.RunAsync(DatabaseKind.Postgres),
    ["policy"] => PolicyBenchmark.Run(),
    ["roles", var demo] => await RolesBenchmark.RunAsync(demo),
    ["posture"] => PostureBenchmark.Run(),
    ["issuance", .. var which] => await IssuanceBenchmark.RunAsync(which),
    ["fuzz-csr", var inputs] => CsrFuzzing.Run(int.Parse(inputs, CultureInfo.InvariantCulture)),
    ["fuzz-csr", "one", var number] => CsrFuzzing.RunOne(int.Parse(number, CultureInfo.InvariantCulture)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: AccessGateway.Benchmarks path DEMO-FOLDER | bindings DEMO-FOLDER [postgres] | roles DEMO-FOLDER | sign-in [postgres] | policy | posture | issuance [in-process] [cfssl] [sqlite] [postgres] | fuzz-csr INPUTS | fuzz-csr one NUMBER    (README.md tells how)");
    return 2;
}
