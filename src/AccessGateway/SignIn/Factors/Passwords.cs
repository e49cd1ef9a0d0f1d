namespace AccessGateway.SignIn;

using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

/// <summary>Password hashing as ASP.NET Core Identity does it (PBKDF2 with HMAC-SHA-512), at OWASP's iteration count.</summary>
internal sealed class Passwords : IDisposable
{
    /// <summary>OWASP Password Storage Cheat Sheet, PBKDF2-HMAC-SHA512.</summary>
    public const int Iterations = 210_000;

    public const int MinLength = 12;
    public const int MaxLength = 128;

    private readonly PasswordHasher<User> _hasher;
    private readonly Task<string> _nobody;

    /// <summary>A hash keeps a core busy. As many at once as there are cores: more would take every thread from those who hold a database
    /// connection meanwhile, until the others wait for one in vain.</summary>
    private readonly SemaphoreSlim _cores = new(Environment.ProcessorCount);

    public Passwords(IOptions<SignInOptions> options, IOptions<PasswordHasherOptions> hashing)
    {
        _hasher = new PasswordHasher<User>(hashing);
        Allowed = options.Value.LocalSignIn;
        // Nobody's password is hashed meanwhile: a start need not wait for it.
        _nobody = Task.Run(() => _hasher.HashPassword(null!, "nobody has this password"));
    }

    /// <summary>Whether passwords sign anybody in (<c>SignIn:LocalSignIn</c>).</summary>
    public bool Allowed { get; }

    /// <summary>Null where the password will do.</summary>
    public static string? Problem(string password, string userName) =>
        password.Length < MinLength ? $"Use at least {MinLength} characters."
        : password.Length > MaxLength ? $"Use at most {MaxLength} characters."
        : password.Contains(userName, StringComparison.OrdinalIgnoreCase) ? "Leave your user name out of it."
        : password.Distinct().Count() < 5 ? "Use more different characters."
        : null;

    public string Hash(string password) => _hasher.HashPassword(null!, password);

    /// <summary>The same in turn, when a core is free.</summary>
    public Task<string> HashAsync(string password, CancellationToken cancellationToken) => InTurnAsync(() => Hash(password), cancellationToken);

    /// <summary><see cref="Verify"/> in turn, when a core is free.</summary>
    public Task<bool> VerifyAsync(string? hash, string password, CancellationToken cancellationToken) => InTurnAsync(() => Verify(hash, password), cancellationToken);

    /// <summary>Takes the same time whether there is a hash or not.</summary>
    public bool Verify(string? hash, string password)
    {
        var result = _hasher.VerifyHashedPassword(null!, hash ?? _nobody.GetAwaiter().GetResult(), password.Length <= MaxLength ? password : "");
        return hash is not null && result != PasswordVerificationResult.Failed;
    }

    public void Dispose() => _cores.Dispose();

    private async Task<T> InTurnAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _cores.WaitAsync(cancellationToken);
        try
        {
            return work();
        }
        finally
        {
            _cores.Release();
        }
    }
}
