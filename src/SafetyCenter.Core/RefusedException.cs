namespace SafetyCenter.Core;

/// <summary>Which kind of no it is; the door turns it into a status code.</summary>
public enum Refusal
{
    /// <summary>What was sent cannot be: 400.</summary>
    Invalid,

    /// <summary>It is well formed, but a rule of the product forbids it to everybody: 403.</summary>
    Forbidden,

    /// <summary>Something of that name is there already: 409, where Datadog's API has it.</summary>
    Conflict,

    /// <summary>The body contradicts the address: 422, where Datadog's API has it.</summary>
    Contradiction,
}

/// <summary>The domain says no, in words for the person who asked. Bugs throw other exceptions.</summary>
public sealed class RefusedException(Refusal refusal, string message, string? field = null) : Exception(message)
{
    /// <summary>Which kind of no it is.</summary>
    public Refusal Refusal { get; } = refusal;

    /// <summary>The form field or JSON attribute that is wrong, when one is.</summary>
    public string? Field { get; } = field;

    /// <summary>A refusal because of what was sent.</summary>
    public static RefusedException Invalid(string message, string? field = null) =>
        new(Refusal.Invalid, message, field);

    /// <summary>A refusal because something of that name is there already.</summary>
    public static RefusedException Conflict(string message, string? field = null) =>
        new(Refusal.Conflict, message, field);

    /// <summary>A refusal because the body contradicts the address.</summary>
    public static RefusedException Contradiction(string message) => new(Refusal.Contradiction, message);

    /// <summary>A refusal because a rule forbids it to everybody.</summary>
    public static RefusedException Forbidden(string message) => new(Refusal.Forbidden, message);
}
