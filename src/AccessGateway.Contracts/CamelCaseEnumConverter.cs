namespace AccessGateway.Contracts;

using System.Text.Json;
using System.Text.Json.Serialization;

/// <summary>Enum members as camelCase strings; numbers are refused.</summary>
public sealed class CamelCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
