namespace AccessGateway.SignIn;

using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

/// <summary>Password hashing as ASP.NET Core Identity does it (PBKDF2 with HMAC-SHA-512), at OWASP's iteration count.</summary>
internal sealed class Passwords
{
    /// <summary>OWASP Password Storage Cheat Sheet, PBKDF2-HMAC-SHA512.</summary>
    public const int Iterations = 210_000;

    public const int MinLength = 12;
    public const int MaxLength = 128;

    private readonly PasswordHasher<User> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Iterations }));
    private readonly Task<string> _nobody;

    public Passwords(IOptions<SignInOptions> options)
    {
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

    /// <summary>Takes the same time whether there is a hash or not.</summary>
    public bool Verify(string? hash, string password)
    {
        var result = _hasher.VerifyHashedPassword(null!, hash ?? _nobody.GetAwaiter().GetResult(), password.Length <= MaxLength ? password : "");
        return hash is not null && result != PasswordVerificationResult.Failed;
    }
}
