namespace SafetyCenter.Core.Users;

/// <summary>
/// An organization keeps an admin, whoever does what. Saving counts the admins that would be left after any change that
/// could take one away (a role, its permissions, a standing), under the organization's lock, and asks here.
/// </summary>
public static class LastAdmin
{
    /// <summary>Refuses a change that leaves nobody.</summary>
    /// <param name="adminsLeft">How many active people would be admins.</param>
    /// <exception cref="RefusedException">There would be none.</exception>
    public static void RefuseToLose(int adminsLeft)
    {
        if (adminsLeft == 0)
        {
            throw RefusedException.Forbidden(
                "This is the last admin of the organization. Make somebody else an admin first.");
        }
    }
}
