namespace AccessGateway.Contracts;

using System.Text.Json;
using System.Text.Json.Serialization;

/// <summary>The wire format: camelCase, RFC 3339 UTC instants. The default instance tolerates fields it does not know, as a
/// client must; a server binds with <see cref="Strict"/>.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(Me))]
[JsonSerializable(typeof(Page<ClusterView>))]
[JsonSerializable(typeof(Page<RoleOfferView>))]
[JsonSerializable(typeof(ClusterChecksView))]
[JsonSerializable(typeof(List<ClusterChecksView>))]
[JsonSerializable(typeof(SubmitAccessRequest))]
[JsonSerializable(typeof(AccessRequestView))]
[JsonSerializable(typeof(Page<AccessRequestView>))]
[JsonSerializable(typeof(SubmitReview))]
[JsonSerializable(typeof(BlastRadiusView))]
[JsonSerializable(typeof(Page<BlastRadiusView>))]
[JsonSerializable(typeof(PostureView))]
[JsonSerializable(typeof(SubmitAfterReview))]
[JsonSerializable(typeof(CommentView))]
[JsonSerializable(typeof(Page<CommentView>))]
[JsonSerializable(typeof(SubmitComment))]
[JsonSerializable(typeof(GrantView))]
[JsonSerializable(typeof(Page<GrantView>))]
[JsonSerializable(typeof(Page<KubeCallView>))]
[JsonSerializable(typeof(CredentialRequest))]
[JsonSerializable(typeof(CredentialResponse))]
[JsonSerializable(typeof(ExtendGrant))]
[JsonSerializable(typeof(StepUpRequest))]
[JsonSerializable(typeof(StepUpResponse))]
[JsonSerializable(typeof(Page<LoginView>))]
[JsonSerializable(typeof(UserView))]
[JsonSerializable(typeof(Page<UserView>))]
[JsonSerializable(typeof(List<UserView>))]
[JsonSerializable(typeof(Page<MachineView>))]
[JsonSerializable(typeof(List<MachineView>))]
[JsonSerializable(typeof(AddUser))]
[JsonSerializable(typeof(SetGroups))]
[JsonSerializable(typeof(SetEmail))]
[JsonSerializable(typeof(Invitation))]
[JsonSerializable(typeof(StartBrowserStepUp))]
[JsonSerializable(typeof(BrowserStepUp))]
[JsonSerializable(typeof(FactorList))]
[JsonSerializable(typeof(AddFactor))]
[JsonSerializable(typeof(TotpOfferView))]
[JsonSerializable(typeof(ConfirmFactor))]
[JsonSerializable(typeof(FactorView))]
[JsonSerializable(typeof(RenameFactor))]
[JsonSerializable(typeof(RecoveryCodesAnswer))]
[JsonSerializable(typeof(AuditEventView))]
[JsonSerializable(typeof(Page<AuditEventView>))]
[JsonSerializable(typeof(NotificationEnvelope))]
[JsonSerializable(typeof(Page<NotifierView>))]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(DeviceAuthorizationAnswer))]
public sealed partial class GatewayJson : JsonSerializerContext
{
    /// <summary>Deepest nesting that a server reads.</summary>
    public const int MaxDepth = 16;

    /// <summary>Makes options read strictly: unknown and repeated fields, comments and deep nesting are errors.</summary>
    public static void Strict(JsonSerializerOptions options)
    {
        options.TypeInfoResolverChain.Insert(0, Default);
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.MaxDepth = MaxDepth;
    }
}
