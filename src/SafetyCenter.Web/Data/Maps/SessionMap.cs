using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Web.Data.Maps;

internal sealed class SessionMap : IEntityTypeConfiguration<Session>
{
    public void Configure(EntityTypeBuilder<Session> builder)
    {
        builder.HasOne<Login>().WithMany().HasForeignKey(session => session.LoginId);
        builder.HasIndex(session => session.LoginId).HasFilter("ended_at IS NULL");
    }
}
