namespace AccessGateway.Tests.Outbound;

using System.Net;
using AccessGateway.Outbound;
using Xunit;

public sealed class AddressRulesTests
{
    [Theory]
    [InlineData("93.184.215.14", AddressKind.Public)]
    [InlineData("2606:2800:21f:cb07:6820:80da:af6b:8b2c", AddressKind.Public)]
    [InlineData("172.32.0.1", AddressKind.Public)]
    [InlineData("127.0.0.1", AddressKind.Private)]
    [InlineData("127.255.255.254", AddressKind.Private)]
    [InlineData("10.0.0.1", AddressKind.Private)]
    [InlineData("172.31.255.255", AddressKind.Private)]
    [InlineData("192.168.1.1", AddressKind.Private)]
    [InlineData("100.64.0.1", AddressKind.Private)]
    [InlineData("100.127.255.255", AddressKind.Private)]
    [InlineData("::1", AddressKind.Private)]
    [InlineData("fd12::1", AddressKind.Private)]
    [InlineData("0.0.0.0", AddressKind.Special)]
    [InlineData("0.1.2.3", AddressKind.Special)]
    [InlineData("169.254.169.254", AddressKind.Special)]
    [InlineData("100.100.100.200", AddressKind.Special)]
    [InlineData("168.63.129.16", AddressKind.Special)]
    [InlineData("224.0.0.1", AddressKind.Special)]
    [InlineData("255.255.255.255", AddressKind.Special)]
    [InlineData("::", AddressKind.Special)]
    [InlineData("fe80::1", AddressKind.Special)]
    [InlineData("ff02::1", AddressKind.Special)]
    [InlineData("fd00:ec2::254", AddressKind.Special)]
    [InlineData("2001::1", AddressKind.Special)]
    [InlineData("2001:db8::1", AddressKind.Special)]
    [InlineData("4000::1", AddressKind.Special)]
    [InlineData("::ffff:127.0.0.1", AddressKind.Private)]
    [InlineData("::ffff:169.254.169.254", AddressKind.Special)]
    [InlineData("::ffff:93.184.215.14", AddressKind.Public)]
    [InlineData("::127.0.0.1", AddressKind.Private)]
    [InlineData("64:ff9b::7f00:1", AddressKind.Private)]
    [InlineData("64:ff9b::a9fe:a9fe", AddressKind.Special)]
    [InlineData("64:ff9b::5db8:d70e", AddressKind.Public)]
    [InlineData("64:ff9b:1::1", AddressKind.Special)]
    [InlineData("2002:7f00:1::", AddressKind.Private)]
    [InlineData("2002:a9fe:a9fe::1", AddressKind.Special)]
    internal void KindOf_EveryForm_WhatIsReallyReached(string address, AddressKind expected) =>
        Assert.Equal(expected, AddressRules.KindOf(IPAddress.Parse(address)));

    [Theory]
    [InlineData("hooks.corp", "10.0.0.1", true)]
    [InlineData("HOOKS.corp", "127.0.0.1", true)]
    [InlineData("hooks.corp", "169.254.169.254", false)]
    [InlineData("hooks.corp", "::ffff:169.254.169.254", false)]
    [InlineData("other.corp", "10.0.0.1", false)]
    [InlineData("other.corp", "10.1.2.3", true)]
    [InlineData("other.corp", "::ffff:10.1.2.3", true)]
    [InlineData("other.corp", "fe80::1", true)]
    [InlineData("other.corp", "93.184.215.14", true)]
    internal void Allows_NamedHostsAndNetworks_AndMetadataOnlyByAddress(string host, string address, bool expected) =>
        Assert.Equal(expected, OutboundRules.Of(["hooks.corp", "10.1.2.0/24", "fe80::1"]).Allows(host, IPAddress.Parse(address)));

    [Theory]
    [InlineData("https://hooks.example/x", null)]
    [InlineData("http://hooks.corp/x", null)]
    [InlineData("http://hooks.example/x", "must be https")]
    [InlineData("ftp://hooks.corp/x", "must be an https")]
    [InlineData("https://user:secret@hooks.example/x", "must be an https")]
    [InlineData("https://hooks.example/x#y", "must be an https")]
    internal void UrlProblem_EveryForm_HttpsUnlessNamed(string url, string? problem)
    {
        var found = OutboundRules.Of(["hooks.corp"]).UrlProblem(new Uri(url));
        Assert.Equal(problem is null, found is null);
        Assert.StartsWith(problem ?? "", found ?? "", StringComparison.Ordinal);
    }
}
