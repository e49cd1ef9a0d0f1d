namespace AccessGateway.Documents;

using System.Security.Cryptography;
using System.Text;

/// <summary>What reading a folder gave: documents, or every error in them.</summary>
/// <param name="Digest">Of what was read, whether or not it is usable.</param>
/// <param name="Named">The files that documents name, by full path; they belong to the configuration too.</param>
internal sealed record DocumentFolder(GatewayDocuments? Documents, IReadOnlyList<DocumentError> Errors, IReadOnlyList<DocumentError> Warnings, string Digest, IReadOnlyList<string> Named)
{
    public const int MaxFiles = 10_000;

    /// <summary>Reads every document directly in the folder, and what they name. Never throws for what it finds there.</summary>
    public static DocumentFolder Read(string folder)
    {
        folder = Path.GetFullPath(folder);
        var errors = new List<DocumentError>();
        var warnings = new List<DocumentError>();
        var named = new SortedDictionary<string, byte[]?>(StringComparer.Ordinal);
        var files = new List<(string Path, byte[]? Bytes)>();
        var values = new List<(DocumentKind Kind, object Value)>();
        var names = new Dictionary<(DocumentKind Kind, string Name), DocumentError>();
        foreach (var file in Files(folder, errors))
        {
            var bytes = TryRead(file, errors);
            files.Add((file, bytes));
            if (bytes is null || TryDecode(file, bytes, errors) is not { } text)
                continue;
            var source = new DocumentSource(file, errors, warnings, named);
            foreach (var root in DocumentParser.Parse(text, file, errors))
                ReadDocument(root, source, values, names);
        }

        var digest = DigestOf(folder, files.Concat(named.Select(pair => (pair.Key, pair.Value))));
        warnings.Sort(DocumentError.ByPlace);
        var documents = errors.Count == 0 ? new GatewayDocuments(values.ToLookup(pair => pair.Kind, pair => pair.Value), digest, warnings) : null;
        if (documents is not null)
            errors.AddRange(DocumentChecks.Errors(documents));
        errors.Sort(DocumentError.ByPlace);
        if (errors.Count > 0)
            documents = null;
        return new DocumentFolder(documents, errors, documents?.Warnings ?? warnings, digest, [.. named.Keys]);
    }

    /// <summary>The digest of what is there now, without reading what it means: whether anything changed.</summary>
    /// <param name="named">The files that the documents named when they were read last.</param>
    public static string Look(string folder, IReadOnlyList<string> named)
    {
        folder = Path.GetFullPath(folder);
        return DigestOf(folder, Files(folder, []).Concat(named).Select(file => (file, TryRead(file, []))));
    }

    private static List<string> Files(string folder, List<DocumentError> errors)
    {
        try
        {
            List<string> files = [.. Directory.EnumerateFiles(folder).Where(IsDocument).Order(StringComparer.Ordinal)];
            if (files.Count <= MaxFiles)
                return files;
            errors.Add(new DocumentError(folder, 1, 1, $"The folder holds more than {MaxFiles} documents."));
        }
        catch (DirectoryNotFoundException)
        {
            errors.Add(new DocumentError(folder, 1, 1, "The configuration folder does not exist."));
        }
        catch (Exception e) when (DocumentSource.IsUnreadable(e))
        {
            errors.Add(new DocumentError(folder, 1, 1, $"The configuration folder cannot be read: {e.Message}"));
        }

        return [];
    }

    /// <summary>Hidden files are no documents: editors and the kubelet keep theirs under such names.</summary>
    private static bool IsDocument(string file) => Path.GetExtension(file) is ".yaml" or ".yml" && Path.GetFileName(file)[0] != '.';

    private static byte[]? TryRead(string file, List<DocumentError> errors)
    {
        try
        {
            return DocumentSource.ReadBytes(file);
        }
        catch (Exception e) when (DocumentSource.IsUnreadable(e))
        {
            errors.Add(new DocumentError(file, 1, 1, $"Cannot be read: {e.Message}"));
            return null;
        }
    }

    private static string? TryDecode(string file, byte[] bytes, List<DocumentError> errors)
    {
        try
        {
            return DocumentSource.Decode(bytes);
        }
        catch (DecoderFallbackException e)
        {
            errors.Add(new DocumentError(file, 1 + bytes.AsSpan(0, Math.Clamp(e.Index, 0, bytes.Length)).Count((byte)'\n'), 1, "The file is no UTF-8."));
            return null;
        }
    }

    private static void ReadDocument(
        DocumentNode root, DocumentSource source, List<(DocumentKind Kind, object Value)> values, Dictionary<(DocumentKind Kind, string Name), DocumentError> names)
    {
        if (root is not DocumentNode.Mapping mapping)
        {
            source.Errors.Add(new DocumentError(source.File, root.Line, root.Column, "A document must be a mapping."));
            return;
        }

        var document = new MappingReader(mapping, source);
        document.Choice("apiVersion", [DocumentSchema.ApiVersion], required: true);
        var kind = DocumentKinds.Find(document.Text("kind", KindProblem, required: true));
        var metadata = document.Mapping("metadata", required: true);
        var name = metadata.Text("name", Names.LabelProblem, required: true);
        var spec = document.Mapping("spec", required: true);
        document.Finish();
        // A wrong kind was said already; what it would have to hold nobody knows.
        if (kind is null)
            return;

        if (!names.TryAdd((kind, name), new DocumentError(source.File, metadata.Place.Line, 1, "")))
            metadata.Error($"There is a {kind.Name} '{name}' already, at {Path.GetFileName(names[(kind, name)].File)}:{names[(kind, name)].Line}.", "name");
        values.Add((kind, kind.Read(name, metadata, spec)));
        spec.Finish();
        metadata.Finish();
    }

    private static string? KindProblem(string kind) => DocumentKinds.Find(kind) is null ? $"must be {string.Join(" or ", DocumentKinds.All.Select(known => known.Name))}." : null;

    /// <summary>Over names and contents, each with its length, so that nothing can be moved from one file to the next.</summary>
    private static string DigestOf(string folder, IEnumerable<(string Path, byte[]? Bytes)> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (path, bytes) in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{Path.GetRelativePath(folder, path)}\0{bytes?.Length ?? -1}\0"));
            hash.AppendData(bytes ?? []);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
